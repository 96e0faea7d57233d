// Every test here starts real processes: one after the other, or they starve each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
