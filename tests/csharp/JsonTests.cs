// TillMail.Json reads strictly: what is no JSON has no members.
using System;

namespace TillMail.Tests
{
    internal static class JsonTests
    {
        /// <summary>JSON, a path, and what it leads to; null: the whole is refused, or the path leads nowhere.</summary>
        private static readonly string[,] Readings =
        {
            { "{\"a\":\"b\"}", "a", "b" },
            { " { \"a\" : [ 1 , { \"b\" : \"c\" } ] } ", "a.1.b", "c" },
            { "{\"x\":{\"a\":1},\"a\":2}", "a", "2" },
            { "{\"ab\":1,\"a\":{\"b\":2}}", "a.b", "2" },
            { "{\"a\":{\"b\":1}}", "a", "{\"b\":1}" },
            { "{\"a\":[-0.5e+3,true,false,null]}", "a.0", "-0.5e+3" },
            { "{\"a\":[-0.5e+3,true,false,null]}", "a.2", "false" },
            { "{\"a\":[-0.5e+3,true,false,null]}", "a.3", null },
            { "{\"a\":\"null\"}", "a", "null" },
            { "{\"a\":{\"a\":\"inner\"},\"b\":\"a\"}", "b", "a" },
            { "{\"a\":1,\"a\":2}", "a", "1" },
            { "{\"a\":null,\"a\":2}", "a", null },
            { "{\"\":1}", "a", null },
            { "\"alone\"", "", "alone" },
            { "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "a", "\"\\/\b\f\n\r\t" },
            { "{\"a\":\"\\u0041\\u00e9\\u20AC\"}", "a", "Aé€" },
            { "{\"a\":\"\\ud83d\\uDE00!\"}", "a", "😀!" },
            { "{\"a\":\"\\u0000\"}", "a", "\0" },
            { "{\"\\u0061\":\"é\"}", "a", "é" },
            { "{\"a\":\"\\ud83d\"}", "a", null },
            { "{\"a\":\"\\ud83dx\"}", "a", null },
            { "{\"a\":\"\\ud83d\\n\"}", "a", null },
            { "{\"a\":\"\\ud83d\\ud83d\"}", "a", null },
            { "{\"a\":\"\\ude00\"}", "a", null },
            { "{\"a\":\"\\u12\"}", "a", null },
            { "{\"a\":\"\\u12g4\"}", "a", null },
            { "{\"a\":\"\\x41\"}", "a", null },
            { "{\"a\":\"tab\there\"}", "a", null },
            { "{\"a\":\"b\"", "a", null },
            { "{\"a\":\"b\"}}", "a", null },
            { "{\"a\":\"b\",}", "a", null },
            { "{\"a\" \"b\"}", "a", null },
            { "{a:\"b\"}", "a", null },
            { "{\"a\":[1,]}", "a", null },
            { "{\"a\":[1 2]}", "a", null },
            { "{\"a\":01}", "a", null },
            { "{\"a\":1.}", "a", null },
            { "{\"a\":.5}", "a", null },
            { "{\"a\":+1}", "a", null },
            { "{\"a\":1e}", "a", null },
            { "{\"a\":-}", "a", null },
            { "{\"a\":1,\"b\":nul}", "a", null },
            { "{\"a\":True}", "a", null },
            { "{\"a\":\"b", "a", null },
            { "{\"a\":\"b\\", "a", null },
            { "{\"a\":\"b\\u", "a", null },
            { "{\"a\":", "a", null },
            { "{\"a\":1}\0", "a", null },
            { "{", "a", null },
            { "", "a", null },
        };

        internal static void Run()
        {
            for (var row = 0; row < Readings.GetLength(0); row++)
                Check.Equal(Json.Member(Readings[row, 0], Readings[row, 1]), Readings[row, 2], Readings[row, 0]);
            Check.Equal(Json.Member(null, "a"), null, "null");
            var deep = new string('[', 50) + "1" + new string(']', 50);
            Check.Equal(Json.Member("{\"d\":" + deep + ",\"a\":1}", "a"), "1", "deep");
            Check.Equal(Json.Member(new string('[', 1000000), "a"), null, "too deep");

            var all = "é€😀";
            for (var letter = '\0'; letter < '\u00a0'; letter++) all += letter;
            Check.Equal(Json.Member("{\"a\":" + Json.Quote(all) + "}", "a"), all, "quoted and read again");
            Check.Equal(Json.Quote("a\"\\\n\u001f"), "\"a\\\"\\\\\\u000a\\u001f\"", "quoted");
            Check.Equal(Json.Quote(null), "null", "quoted");
        }
    }
}
