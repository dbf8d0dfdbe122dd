#!/usr/bin/env python3
"""A Kafka client that knows nothing of Dure: it writes job records and reads result records with confluent-kafka.

  client.py produce --bootstrap HOST:PORT --topic T --file FILE.jsonl
      One record per line of FILE, which is {"key", "value", "headers"}: strings, or null, or {"hex": "..."} for bytes;
      headers is a list of [name, value] pairs. Waits until the broker has acknowledged every record.
  client.py read --bootstrap HOST:PORT --topic T [--topic T2] --count N --timeout SECONDS
      Reads committed records from the beginning until N are there, waits another --settle seconds for records that
      should not be, and prints one JSON line per record.
"""

import argparse
import json
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition


def octets(value):
    if value is None:
        return None
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    return value.encode()


def text(value):
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}


def produce(options):
    failures = []
    producer = Producer({
        "bootstrap.servers": options.bootstrap,
        "enable.idempotence": True,
        "message.max.bytes": 20_000_000,
        "linger.ms": 5,
    })

    def delivered(error, _message):
        if error is not None:
            failures.append(str(error))

    count = 0
    with open(options.file, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            headers = [(name, octets(value)) for name, value in record.get("headers", [])]
            while True:
                try:
                    producer.produce(options.topic[0], key=octets(record.get("key")), value=octets(record.get("value")),
                                     headers=headers, on_delivery=delivered)
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
            count += 1
    left = producer.flush(120)
    if left or failures:
        sys.exit(f"{left} records unacknowledged, {len(failures)} failed: {failures[:3]}")
    print(count)


def read(options):
    consumer = Consumer({
        "bootstrap.servers": options.bootstrap,
        "group.id": f"independent-{time.time_ns()}",
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "fetch.message.max.bytes": 20_000_000,
    })
    partitions = []
    for topic in options.topic:
        # A topic that has just been made may not be known everywhere yet.
        known = {}
        while not known or any(partition.leader < 0 for partition in known.values()):
            known = consumer.list_topics(topic, timeout=30).topics[topic].partitions
        partitions += [TopicPartition(topic, p, 0) for p in known]
    consumer.assign(partitions)
    deadline = time.monotonic() + options.timeout
    count = 0
    while time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is None or message.error():
            continue
        print(json.dumps({
            "topic": message.topic(),
            "partition": message.partition(),
            "offset": message.offset(),
            "key": text(message.key()),
            "value": text(message.value()),
            "headers": [[name, text(value)] for name, value in message.headers() or []],
        }))
        count += 1
        if count == options.count:
            deadline = min(deadline, time.monotonic() + options.settle)
    consumer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["produce", "read"])
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--topic", action="append", required=True)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("--settle", type=float, default=3)
    parser.add_argument("--file")
    options = parser.parse_args()
    {"produce": produce, "read": read}[options.command](options)


main()
