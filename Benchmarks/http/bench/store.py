"""What Slipway's store holds, and how fast the disk beneath it is."""
import os
import sqlite3
import statistics
import subprocess
import time

BLOCK = bytes(4096)


def sync_latency(directory, count=300):
    """Milliseconds of a 4 KiB append with fdatasync: median and 99th percentile."""
    path = directory / "sync"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        times = []
        for _ in range(count):
            begin = time.perf_counter()
            os.write(descriptor, BLOCK)
            os.fdatasync(descriptor)
            times.append((time.perf_counter() - begin) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


def filesystem(directory):
    return subprocess.run(["findmnt", "-no", "FSTYPE", "-T", directory], check=True,
                          capture_output=True, text=True).stdout.strip()


def database(state):
    return state / "slipway.sqlite"


def size(state):
    """Bytes of the database with its log."""
    return sum(path.stat().st_size for path in state.glob("slipway.sqlite*"))


def deliveries(state):
    """How many deliveries are stored, by counting the rows; the server has stopped."""
    with sqlite3.connect(database(state)) as connection:
        rows, = connection.execute("SELECT count(*) FROM delivery").fetchone()
        counter, = connection.execute(
            "SELECT value FROM counter WHERE name = 'deliveries'").fetchone()
    connection.close()
    if rows != counter:
        raise RuntimeError(f"the store counts {counter} deliveries and holds {rows}")
    return rows


DEPLOYMENT = """
INSERT INTO deployment (
  sequence, service, number, basis_sequence, state, cause, actor, reason, created_at, updated_at,
  finished_at, source_repository, source_branch, source_commit, source_subject, source_author,
  source_committed_at, image_repository, image_tag, image_digest, image_tags, published_at,
  input_digest, manifest_commit, trigger_file, trigger_pattern, rebuild, released, override_hold,
  recovered)
VALUES (?1, 'backend', ?2, ?1, 'committed', 'push', 'ada', 'pushed', ?3, ?3, ?3, 'shop', 'main',
  ?4, 'Show delivery times in the cart', 'Ada', ?3, 'registry.example.com/shop/backend', ?5, ?6,
  ?7, ?3, ?6, ?4, 'backend/Package.swift', 'backend/**', 0, 0, 0, 0)
"""


def fill(state, count):
    """Adds deployments of the service `backend` to a store that a server has made; it has stopped."""
    def rows(first, number):
        for index in range(count):
            commit = f"{index:040x}"
            short = f"{index:07x}"
            yield (first + index, number + index, 1_789_572_057_000 + index, commit, short,
                   f"sha256:{index:064x}", f"{short} sha-{commit}")

    connection = sqlite3.connect(database(state))
    with connection:
        connection.execute("PRAGMA foreign_keys = ON")
        sequence, = connection.execute(
            "SELECT value FROM counter WHERE name = 'sequence'").fetchone()
        connection.execute(
            "INSERT INTO service (name, last_number) VALUES ('backend', ?1)"
            " ON CONFLICT (name) DO UPDATE SET last_number = ?1", (count,))
        connection.executemany(DEPLOYMENT, rows(sequence + 1, 1))
        connection.execute(
            "UPDATE counter SET value = ? WHERE name = 'sequence'", (sequence + count,))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
