#!/usr/bin/python3
"""RQ with a worker in a process of its own: results, failures, retries, dependencies, the order of queues, the schedule, many jobs, a job that is
stopped, what the worker tells of itself. usage: work.py PORT [TIMES]"""
import subprocess
import sys
import time
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import jobs
from connect import connect
from rq import Queue, Retry, Worker
from rq.command import send_stop_job_command
from rq.job import Job

TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
JOBS = 25 * TIMES
PATIENCE = 40  # seconds until something that must come is missed

connection = connect(sys.argv[1])
connection.flushall()
urgent, normal = (Queue(name, connection=connection) for name in ("urgent", "normal"))


def until(what, so):
    deadline = time.monotonic() + PATIENCE
    while not (got := so()):
        assert time.monotonic() < deadline, f"it never comes that {what}"
        time.sleep(0.02)
    return got


def result(job):
    until(f"{job} is finished", lambda: job.get_status(refresh=True) in ("finished", "failed", "stopped"))
    assert job.get_status() == "finished", (job, job.get_status(), job.exc_info)
    return job.return_value(refresh=True)


def fails(job, status, text):
    until(f"{job} is {status}", lambda: job.get_status(refresh=True) == status)
    assert text in until("it says why", lambda: Job.fetch(job.id, connection=connection).exc_info)


def lay():
    """What lies there before the worker begins."""
    for i in range(5):
        normal.enqueue(jobs.note, f"normal {i}")
        urgent.enqueue(jobs.note, f"urgent {i}")
    normal.enqueue(jobs.note, "at once", at_front=True)
    assert len(urgent) == 5 and len(normal) == 6


def order():
    """What is urgent is done first."""
    until("all is noted", lambda: connection.llen("noted") == 11)
    wanted = [f"urgent {i}" for i in range(5)] + ["at once"] + [f"normal {i}" for i in range(5)]
    assert [word.decode() for word in connection.lrange("noted", 0, -1)] == wanted


def outcomes():
    assert result(normal.enqueue(jobs.add, 2, 3, result_ttl=100)) == 5
    broken = normal.enqueue(jobs.fail)
    fails(broken, "failed", "ValueError: broken")
    assert broken.id in normal.failed_job_registry
    assert result(normal.enqueue(jobs.unsteady, 2, retry=Retry(max=3))) == 3
    first = normal.enqueue(jobs.add, 1, 1)
    second = urgent.enqueue(jobs.add, 2, 2, depends_on=first)
    third = normal.enqueue(jobs.add, 3, 3, depends_on=[first, second])
    assert [result(job) for job in (third, second, first)] == [6, 4, 2]


def schedule():
    begin = time.monotonic()
    job = normal.enqueue_in(timedelta(seconds=2), jobs.add, 5, 5)  # cut to whole seconds
    assert job.get_status() == "scheduled" and job.id in normal.scheduled_job_registry
    assert result(job) == 10 and time.monotonic() - begin > 0.9


def many():
    with connection.pipeline() as pipe:
        data = [Queue.prepare_data(jobs.count, (i,)) for i in range(JOBS)]
        sent = normal.enqueue_many(data, pipeline=pipe)
        pipe.execute()
    assert [result(job) for job in sent] == [1] * JOBS
    assert normal.finished_job_registry.count >= JOBS and len(normal) == 0


def stopping(worker):
    job = normal.enqueue(jobs.long)
    until("the job runs", lambda: connection.llen("begun") == 1)
    until("the worker says so", lambda: worker.get_current_job_id() == job.id)
    worker.refresh()
    assert worker.get_state() == "busy" and normal.started_job_registry.get_job_ids() == [job.id]
    send_stop_job_command(connection, job.id)
    until("the job is stopped", lambda: job.get_status(refresh=True) == "stopped")
    left = [normal.enqueue(jobs.add, 1, 1, job_id=f"left {i}") for i in range(3)]
    assert [result(job) for job in left] == [2, 2, 2]


def emptying():
    waiting = Queue("waiting", connection=connection)
    ids = [waiting.enqueue(jobs.add, 1, 1).id for _ in range(5)]
    assert waiting.job_ids == ids and waiting.get_job_position(ids[2]) == 2
    waiting.remove(ids[0])
    assert waiting.job_ids == ids[1:] and waiting.empty() == 4 and not connection.exists(f"rq:job:{ids[1]}")


lay()
with open("worker.log", "wb") as log:
    process = subprocess.Popen([sys.executable, Path(__file__).parent / "worker.py", sys.argv[1], "urgent", "normal"], stdout=log, stderr=log)
try:
    worker = until("the worker is there", lambda: Worker.all(connection=connection))[0]
    assert worker.name == "worker-of-urgent" and worker.queue_names() == ["urgent", "normal"] and worker.pid == process.pid
    for work in (order, outcomes, schedule, many):
        work()
    stopping(worker)
    emptying()
    assert worker.name in {client["name"] for client in connection.client_list()} and worker.ip_address.startswith("127.0.0.1:")
    process.terminate()
    assert process.wait(PATIENCE) == 0
    assert Worker.all(connection=connection) == []
except BaseException:
    process.kill()
    print(Path("worker.log").read_text()[-4000:], file=sys.stderr)
    raise
print(f"with RQ {version('rq')}, redis-py {version('redis')}; results in {'streams' if urgent.get_redis_server_version() >= (5, 0, 0) else 'hashes'}")
print(f"{JOBS} jobs")
