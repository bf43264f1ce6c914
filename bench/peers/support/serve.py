"""What adapters in Python share: reading the job, answering rounds. The protocol: src/cli/bench/peers.ts."""
import json
import resource
import sys
import time

# Losses of the first steps that are told; src/cli/bench/train/losses.ts.
KEPT = 8

job, folder = sys.argv[1:3]


class Job:
    """The job's settings as attributes, with `given`: arrays by name."""

    def __init__(self):
        import numpy

        with open(f"{folder}/job.json") as file:
            settings = json.load(file)
        types = {"f32": numpy.float32, "i32": numpy.int32, "u8": numpy.uint8}
        self.given = {}
        for name, tensor in settings.pop("tensors").items():
            count = 1
            for size in tensor["shape"]:
                count *= size
            array = numpy.fromfile(f"{folder}/given.bin", types[tensor["dtype"]], count, offset=tensor["offset"])
            self.given[name] = array.reshape(tensor["shape"])
        self.__dict__.update(settings)


def unit(bytes):
    """Bytes as f32 from 0 to 1."""
    import numpy

    return bytes.astype(numpy.float32) / numpy.float32(255)


def training(step):
    """A round of training: step(number) does the step of that number, from 0, and returns its loss."""
    losses = []
    done = 0

    def round(calls):
        nonlocal done
        for _ in range(calls):
            last = step(done)
            done += 1
            if len(losses) < KEPT:
                losses.append(last)
        return {"losses": losses, "last": last}

    return round


def predictions(call, finish=lambda output: output):
    """A round of predictions: call() takes an array and returns one; finish(output), outside the time, makes it what is told."""

    def round(calls):
        for _ in range(calls):
            output = call()
        return {"output": lambda: finish(output)}

    return round


def say(**answer):
    print(json.dumps(answer), flush=True)


def in_words(error):
    return (str(error) or type(error).__name__).split("\n")[0]


def peak_memory():
    """
    The most memory this process has held, in bytes. What getrusage tells begins with what the parent held when it forked, so it is
    taken only where Linux's own figure is not to be had.
    """
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) * 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def answer(round, calls):
    start = time.perf_counter()
    found = round(calls)
    seconds = time.perf_counter() - start
    if "output" in found:
        found["output"] = found["output"]().ravel().tolist()
    say(seconds=seconds, calls=calls, rss=peak_memory(), **found)


def serve(jobs, differs={}):
    """
    jobs[job](settings) prepares and returns a name and a function that does a round of so many calls: training(…), predictions(…).
    differs[job] says in words where its work is not quite what the settings say.
    """
    if job not in jobs:
        return say(missing="has no such job")
    try:
        name, round = jobs[job](Job())
    except Exception as error:
        return say(missing=in_words(error))
    say(name=name, differs=differs.get(job))
    for line in sys.stdin:
        try:
            answer(round, int(line))
        except Exception as error:
            say(error=in_words(error))
