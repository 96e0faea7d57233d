using AlertRollback.Benchmarks;
using AlertRollback.Benchmarks.Decisions;
using AlertRollback.Benchmarks.Receipts;
using AlertRollback.Benchmarks.Starts;
using AlertRollback.Benchmarks.Undos;

// Each benchmark prints its figure beside what it is compared with, measured in the same run.
var benchmarks = new Dictionary<string, Func<BenchmarkRun, Task>>
{
    ["decide"] = DecideBenchmark.RunAsync,
    ["undo"] = UndoBenchmark.RunAsync,
    ["start"] = StartBenchmark.RunAsync,
    ["receipts"] = ReceiptsBenchmark.RunAsync,
};

if (args is ["load", .. var load])
    return await LoadGenerator.MainAsync(load);

var names = args.Where(a => a is not ("--short" or "--long")).ToList();
if (names.Exists(n => !benchmarks.ContainsKey(n)))
{
    Console.Error.WriteLine($"usage: [{string.Join('|', benchmarks.Keys)}] [--short|--long]   (none: all)");
    return 2;
}

var run = new BenchmarkRun(IsShort: args.Contains("--short"), IsLong: args.Contains("--long"));
foreach (var name in names.Count == 0 ? [.. benchmarks.Keys] : names)
    await benchmarks[name](run);
run.PrintTable();
return 0;
