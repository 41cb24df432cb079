"""The benchmarks themselves: that they run to their end, not what they measure."""
