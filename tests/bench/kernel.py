"""Asks a kernel of Jupyter as fast as ZeroMQ goes: seconds from its start to its first answer, and from a cell to its reply.

python3 kernel.py PROGRAM N
"""
import hashlib, hmac, json, os, socket, subprocess, sys, tempfile, time

import zmq


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def packet(kind, content):
    header = {"msg_id": kind, "session": "bench", "username": "", "date": "2020-01-01T00:00:00Z", "msg_type": kind, "version": "5.3"}
    parts = [json.dumps(header).encode(), b"{}", b"{}", json.dumps(content).encode()]
    return [b"<IDS|MSG>", hmac.new(b"key", b"".join(parts), hashlib.sha256).hexdigest().encode()] + parts


def median(list):
    return sorted(list)[len(list) // 2]


ready, answer = [], []
with tempfile.TemporaryDirectory() as folder:
    for _ in range(int(sys.argv[2])):
        connection = {"transport": "tcp", "ip": "127.0.0.1", "key": "key", "signature_scheme": "hmac-sha256"}
        for name in ("shell", "iopub", "stdin", "control", "hb"):
            connection[name + "_port"] = free_port()
        path = os.path.join(folder, "connection.json")
        with open(path, "w") as file:
            json.dump(connection, file)
        shell = zmq.Context.instance().socket(zmq.DEALER)
        shell.reconnect_ivl = 1
        began = time.perf_counter()
        kernel = subprocess.Popen([sys.argv[1], "--kernel", path])
        try:
            shell.connect("tcp://127.0.0.1:%d" % connection["shell_port"])
            shell.send_multipart(packet("kernel_info_request", {}))
            shell.recv_multipart()
            ready.append(time.perf_counter() - began)
            for _ in range(5):
                began = time.perf_counter()
                shell.send_multipart(packet("execute_request", {"code": "2+2", "silent": False, "store_history": True, "allow_stdin": False}))
                shell.recv_multipart()
                answer.append(time.perf_counter() - began)
        finally:
            kernel.kill()
            kernel.wait()
            shell.close(0)
print("ready=%.3f answer=%.4f" % (median(ready), median(answer)))
