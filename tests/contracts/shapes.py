"""Compares the shape of an answer with that of a sample: names at every level, and what kind of value they have."""

from typing import Any


def differences(sample: Any, answer: Any, where: str = "") -> list[str]:
    """What is missing, too much or of another kind; null and empty lists stand for anything."""
    if sample is None or answer is None:
        return []
    if isinstance(sample, dict) and isinstance(answer, dict):
        found = [f"{where}.{name} is missing" for name in sample.keys() - answer.keys()]
        found += [f"{where}.{name} is too much" for name in answer.keys() - sample.keys()]
        for name in sample.keys() & answer.keys():
            found += differences(sample[name], answer[name], f"{where}.{name}")
        return sorted(found)
    if isinstance(sample, list) and isinstance(answer, list):
        return [text for item in answer for text in nearest(sample, item, f"{where}[]")]
    number = isinstance(sample, int | float) and isinstance(answer, int | float)
    if type(sample) is type(answer) or (number and not isinstance(sample, bool)):
        return []
    return [f"{where} is {type(answer).__name__}, not {type(sample).__name__}"]


def nearest(samples: list[Any], item: Any, where: str) -> list[str]:
    """The differences to whichever element of the sample's list is most alike."""
    found = [differences(sample, item, where) for sample in samples]
    return min(found, key=len, default=[])
