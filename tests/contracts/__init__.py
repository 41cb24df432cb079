"""The simulators' answers, held against what is known about the real systems."""
