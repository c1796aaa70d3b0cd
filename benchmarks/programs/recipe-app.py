"""The sending half of the Python recipe at full speed. Its high-water mark is off: with PUB's own, lines are lost.

Usage: recipe-app.py ADDRESS LINES; prints the cost as benchmarks/app.ts does
"""
import json
import logging
import resource
import sys
import time

import zmq
from zmq.log.handlers import PUBHandler

socket = zmq.Context().socket(zmq.XPUB)
socket.sndhwm = 0
socket.connect(sys.argv[1])
socket.recv()  # a PUB socket drops what nobody has subscribed to yet
handler = PUBHandler(socket)
logger = logging.getLogger("recipe")
logger.setLevel(logging.DEBUG)
logger.addHandler(handler)

message = "x" * 100
started = time.time()
before = time.thread_time(), time.process_time()
for line in range(int(sys.argv[2])):
    logger.info("%s %d", message, line)
main = time.thread_time() - before[0]
socket.close(linger=-1)
zmq.Context.instance().term()
print(json.dumps({
    "startedAt": started * 1000,
    "flushedAt": time.time() * 1000,
    "mainMs": main * 1000,
    "cpuMs": (time.process_time() - before[1]) * 1000,
    "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
