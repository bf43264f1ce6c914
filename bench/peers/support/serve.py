"""What adapters in Python share: reading the data, answering rounds. The protocol: src/cli/bench/peers.ts."""
import json
import sys
import time

BATCH = 200
RATE = 0.1
MOMENTUM = 0.9
ALPHA = 1e-4
XOR_X = [[0, 0], [0, 1], [1, 0], [1, 1]]
XOR_Y = [[0], [1], [1], [0]]

job, folder = sys.argv[1:3]


def read_data():
    """x as f32 from 0 to 1, y as i64."""
    import numpy

    x = numpy.fromfile(f"{folder}/x.u8", dtype=numpy.uint8).reshape(-1, 784).astype(numpy.float32) / numpy.float32(255)
    return x, numpy.fromfile(f"{folder}/y.u8", dtype=numpy.uint8).astype(numpy.int64)


def say(**answer):
    print(json.dumps(answer), flush=True)


def serve(jobs):
    """jobs[job]() prepares and returns a name and a function that does one round and returns (work, loss)."""
    if job not in jobs:
        return say(missing="has no such job")
    try:
        name, play = jobs[job]()
    except ImportError as error:
        return say(missing=str(error))
    say(name=name)
    for _ in sys.stdin:
        start = time.perf_counter()
        work, loss = play()
        say(seconds=time.perf_counter() - start, work=work, loss=float(loss))
