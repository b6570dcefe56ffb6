"""How work.py and its worker connect to the server."""
import redis


def connect(port):
    """RQ keeps results in streams where the server's version says that it has them. Where it has none all the same, RQ is told so by the place in
    which it keeps the version, and puts results into the jobs' hashes."""
    connection = redis.Redis(port=int(port))
    try:
        connection.xlen("nosuch")
    except redis.ResponseError:
        setattr(connection, "__rq_redis_server_version", (4, 9, 9))
    return connection
