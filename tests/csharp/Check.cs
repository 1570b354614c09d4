using System;

namespace TillMail.Tests
{
    internal sealed class CheckFailed : Exception
    {
        internal CheckFailed(string what) : base(what) { }
    }

    internal static class Check
    {
        internal static void True(bool condition, string what)
        {
            if (!condition) throw new CheckFailed("not so: " + what);
        }

        internal static void Equal(string found, string wanted, string where)
        {
            if (string.Equals(found, wanted, StringComparison.Ordinal)) return;
            throw new CheckFailed(where + ": " + (wanted ?? "null") + " is wanted, " + (found ?? "null") + " was found");
        }

        /// <summary>The exception of this kind that the work ends with.</summary>
        internal static T Thrown<T>(Action work) where T : Exception
        {
            try
            {
                work();
            }
            catch (T failure)
            {
                return failure;
            }
            throw new CheckFailed("nothing was thrown");
        }
    }
}
