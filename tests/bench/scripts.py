#!/usr/bin/python3
"""Scripts beside redis-server: requests a second and CPU a request, medians of rounds taken in turn. Fifty clients of redis-benchmark,
which says how many requests a second it got; the CPU is the server process's."""
import argparse
import os
import re
import socket
import statistics
import subprocess
import tempfile
import time

SCRIPTS = {
    "one call": (200_000, "return redis.call('get', KEYS[1])"),
    "one call that writes": (200_000, "return redis.call('incr', KEYS[1])"),
    "100 calls": (10_000, "for i = 1, 100 do redis.call('set', KEYS[1], i) end return 1"),
    "100 reads": (10_000, "local x for i = 1, 100 do x = redis.call('get', KEYS[1]) end return x"),
    "a lock's release": (200_000, "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"),
    "Lua alone, 1,000 additions": (10_000, "local s = 0 for i = 1, 1000 do s = s + i end return s"),
    "cjson, there and back": (50_000, "return cjson.encode(cjson.decode('{\"a\":[1,2,3],\"b\":{\"c\":\"text\"},\"d\":1.5}'))"),
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, program):
        self.port, self.dir = free_port(), tempfile.TemporaryDirectory()
        self.process = subprocess.Popen([program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.dir.name],
                                        stdout=subprocess.DEVNULL)
        for _ in range(500):
            if self.cli("PING") == "PONG":
                return
            time.sleep(0.02)
        raise SystemExit(f"{program} does not answer")

    def cli(self, *words):
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True).stdout.strip()

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def run(self, count, text):
        sha = self.cli("SCRIPT", "LOAD", text)
        before = self.cpu()
        out = subprocess.run(["redis-benchmark", "-p", str(self.port), "-c", "50", "-n", str(count), "-r", "100000", "-q", "EVALSHA", sha, "1",
                              "key:__rand_int__", "x"], capture_output=True, text=True, check=True, timeout=300).stdout
        rate = float(re.findall(r"([\d.]+) requests per second", out)[-1])
        return rate, (self.cpu() - before) / count * 1e6

    def end(self):
        self.process.terminate()
        self.process.wait()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--server", required=True, help="the program to compare with redis-server")
    p.add_argument("--rounds", type=int, default=5)
    a = p.parse_args()
    servers = [Server(a.server), Server("redis-server")]
    try:
        print("| script | ours, requests/s | redis-server | ratio | CPU us a request, ours | redis-server |\n|---|---|---|---|---|---|")
        for name, (count, text) in SCRIPTS.items():
            got = [[s.run(count, text) for s in servers] for _ in range(a.rounds)]
            ours, theirs = ([statistics.median(r[i][k] for r in got) for k in (0, 1)] for i in (0, 1))
            ratio = statistics.median(r[0][0] / r[1][0] for r in got)
            print(f"| {name} | {ours[0]:,.0f} | {theirs[0]:,.0f} | {ratio:.2f} | {ours[1]:.1f} | {theirs[1]:.1f} |", flush=True)
    finally:
        for s in servers:
            s.end()


if __name__ == "__main__":
    main()
