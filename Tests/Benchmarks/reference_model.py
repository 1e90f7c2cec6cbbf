"""Times the reference script of ../shared/model on one thread: training on the train rows, and one test row at a time.

Run by Tests/Benchmarks/model with a Python that has numpy, scipy and scikit-learn; prints one JSON object.
usage: reference_model.py FOLDER_OF_THE_SCRIPTS
"""

import json
import os
import sys
import time

os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")})
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import baseline_category as reference  # noqa: E402: only now is its folder on the path


def timed(body):
    wall, cpu = time.perf_counter(), time.process_time()
    result = body()
    return result, time.perf_counter() - wall, time.process_time() - cpu


(predict, _), wall, cpu = timed(lambda: reference.recipe("ens")(reference.TR))
times = []
for row in reference.TE:
    _, *both = timed(lambda: predict([row]))
    times.append(both)
middle = len(times) // 2
print(json.dumps({
    "train_wall_s": wall, "train_cpu_s": cpu,
    "wall_p50_us": sorted(time[0] for time in times)[middle] * 1e6,
    "cpu_p50_us": sorted(time[1] for time in times)[middle] * 1e6}))
