"""Load on a web server: `wrk` where it is installed, else a generator of our own, which costs more processor time."""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

GRACE = 30.0
# Prints what was measured as JSON, and makes each body different from all others by putting a number in place of @.
SCRIPT = """
local number = 0
local body = wrk.body
if body then
  function request()
    number = number + 1
    return wrk.format(nil, nil, nil, (body:gsub("@", tostring(number))))
  end
end
function done(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format('{"requests": %d, "micros": %d, "p99": %d, "wrong": %d}\\n',
    summary.requests, summary.duration, latency:percentile(99), wrong))
end
"""


@dataclass(frozen=True)
class Target:
    """What is asked for, over and over. An @ in the body becomes a number that is new each time."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class Load:
    """What the server stood: requests per second, and the 99th percentile in milliseconds."""

    rate: float
    p99: float


class WrongAnswersError(RuntimeError):
    """The server refused, or broke connections: the measurement is worth nothing."""


def generator() -> str:
    """What makes the load."""
    return "wrk" if shutil.which("wrk") else "bench"


def started(target: Target, seconds: int, connections: int, folder: Path) -> "subprocess.Popen[str]":
    """wrk, at work. `finished` reads what it found."""
    script = folder / f"wrk-{next(scripts)}.lua"
    lines = [f"wrk.method = {quoted(target.method)}"]
    lines += [f"wrk.headers[{quoted(name)}] = {quoted(value)}" for name, value in target.headers.items()]
    lines += [f"wrk.body = {quoted(target.body)}"] if target.body else []
    script.write_text("\n".join(lines) + SCRIPT)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), target.url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


scripts = count()


def quoted(text: str) -> str:
    """A Lua string; JSON's quotes and backslashes mean the same there."""
    return json.dumps(text)


def finished(process: "subprocess.Popen[str]", seconds: int) -> Load:
    """What wrk found."""
    said, _ = process.communicate(timeout=seconds + GRACE)
    try:
        found = json.loads(said.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise RuntimeError(f"wrk ended with {process.returncode}:\n{said}") from None
    if found["wrong"] or not found["requests"]:
        raise WrongAnswersError(said)
    return Load(found["requests"] / found["micros"] * 1e6, found["p99"] / 1000)


def put(targets: list[Target], seconds: int, connections: int, folder: Path) -> list[Load]:
    """Load on all targets at once, `connections` each."""
    if generator() != "wrk":
        return asyncio.run(own(targets, seconds, connections))
    processes = [started(target, seconds, connections, folder) for target in targets]
    return [finished(process, seconds) for process in processes]


# --- Without wrk -------------------------------------------------------------------------------------------------


async def own(targets: list[Target], seconds: int, connections: int) -> list[Load]:
    """The same by asyncio: requests one after another on each of the connections."""
    return list(await asyncio.gather(*(one_load(target, seconds, connections) for target in targets)))


async def one_load(target: Target, seconds: int, connections: int) -> Load:
    """Load on one target."""
    numbers, until = count(1), time.perf_counter() + seconds
    began = time.perf_counter()
    found = await asyncio.gather(*(one_connection(target, numbers, until) for _ in range(connections)))
    spent = time.perf_counter() - began
    took = sorted(each for some in found for each in some)
    return Load(len(took) / spent, 1000 * took[int(0.99 * len(took))])


async def one_connection(target: Target, numbers: Iterator[int], until: float) -> list[float]:
    """Seconds of each request."""
    address = urlsplit(target.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    took = []
    while (began := time.perf_counter()) < until:
        writer.write(request(target, next(numbers)))
        await answered(reader)
        took.append(time.perf_counter() - began)
    writer.close()
    return took


def request(target: Target, number: int) -> bytes:
    """The next request."""
    address, body = urlsplit(target.url), target.body.replace("@", str(number)).encode()
    headers = {"Host": address.netloc, "Content-Length": str(len(body)), **target.headers}
    lines = [f"{target.method} {address.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def answered(reader: asyncio.StreamReader) -> None:
    """Read one answer. WrongAnswersError when it is an error."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status, *lines = head.split("\r\n")
    if int(status.split()[1]) >= 400:
        raise WrongAnswersError(head)
    lengths = [line for line in lines if line.lower().startswith("content-length:")]
    await reader.readexactly(int(lengths[0].partition(":")[2]) if lengths else 0)
