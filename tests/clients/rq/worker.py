"""A worker of RQ with its scheduler, as the command rq worker starts one. usage: worker.py PORT QUEUE ..."""
import sys

from connect import connect
from rq import Connection, Worker

connection = connect(sys.argv[1])
with Connection(connection):
    Worker(sys.argv[2:], name=f"worker-of-{sys.argv[2]}", connection=connection).work(with_scheduler=True)
