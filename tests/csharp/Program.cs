// The tests of bindings/csharp, one program:
//
//     contract TABLE.json FOLDER     tests/contract.json; FOLDER is absolute, exists and is empty
//     binding FOLDER HEADER          what the binding adds to the C calls
//     unusable WORDS FRENCH          there is no library, or no good one: what it says then
using System;
using System.Globalization;
using System.Threading;

namespace TillMail.Tests
{
    internal static class Program
    {
        private static int Main(string[] arguments)
        {
            try
            {
                Run(arguments);
                return 0;
            }
            catch (CheckFailed failure)
            {
                Console.WriteLine(failure.Message);
                return 1;
            }
        }

        private static void Run(string[] arguments)
        {
            switch (arguments[0])
            {
                case "contract":
                    Contract.Run(arguments[1], arguments[2]);
                    break;
                case "binding":
                    Binding.Run(arguments[1], arguments[2]);
                    break;
                case "unusable":
                    Unusable(arguments[1], arguments[2]);
                    break;
                default:
                    throw new CheckFailed("contract, binding or unusable");
            }
        }

        private static void Unusable(string kind, string language)
        {
            Thread.CurrentThread.CurrentUICulture = new CultureInfo(language);
            // Twice: a first failure must not change what the second says.
            for (var turn = 0; turn < 2; turn++)
            {
                var failure = Check.Thrown<TypeLoadException>(() => Mailer.Health());
                Check.Equal(failure.GetType().Name, kind, failure.Message);
                Console.WriteLine(failure.Message);
            }
        }
    }
}
