"""An OpenAI-compatible chat server of the standard library that misbehaves as planned, and settings to ask it with."""

import json
import random
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sparring.dialects import DIALECTS
from sparring.targets.endpoint import EndpointParams, EndpointTarget

TIMEOUT_S = 2.0
TOKENS_A_REPLY = 30
FAULTS = ("429", "500", "cut body", "hang", "wrong JSON", "dropped")
WRONG_JSON = (
    b'{"error": "busy"}',
    b'{"choices": []}',
    b'{"choices": [{"message": {}}]}',
    b'{"choices": [{"mess',
    b"[]",
)


class ChatServer(ThreadingHTTPServer):
    """Answers each question with a call that repeats it; `plan(question, number, attempt)` names the fault of a request."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, plan, message, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.plan = plan
        self.message = message
        self.lock = threading.Lock()
        self.asked = Counter()
        self.served = Counter()
        self.times = []
        self.bodies = []
        self.keys = set()
        self.usage = {"total_tokens": TOKENS_A_REPLY}
        self.busy = self.busiest = 0
        self.adapters = {}
        self.changes = []
        self.refuse = lambda body: None
        self.without_lora = self.without_models = False
        self.folders = {}  # of models by name, as vLLM lists them
        self.ways = {}  # further paths: a function of the body each

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request, client_address):
        """A client that gave up is part of the plan."""


@contextmanager
def answering(answer):
    """A server that answers by a function of the messages, and never fails."""
    server = ChatServer(
        plan=lambda question, number, attempt: None,
        message=lambda question, body: {"role": "assistant", "content": answer(body["messages"])},
    )
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def do_GET(self):
        listed = [{"id": name, "object": "model"} for name in ("tiny", *self.server.adapters)]
        listed += [{"id": name, "object": "model", "root": folder} for name, folder in self.server.folders.items()]
        found = {"detail": "Not Found"} if self.server.without_models else {"object": "list", "data": listed}
        self.send(200, json.dumps(found).encode())

    def do_POST(self):
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("_lora_adapter"):
            self.change_adapters(body)
            return
        if not self.path.endswith("/chat/completions"):
            way = server.ways.get(self.path)
            self.send(
                404 if way is None else 200, json.dumps({"detail": "Not Found"} if way is None else way(body)).encode()
            )
            return
        question = body["messages"][-1]["content"]
        with server.lock:
            server.asked[question] += 1
            server.times.append(time.monotonic())
            server.bodies.append(body)
            server.keys.add(self.headers.get("Authorization"))
            number, attempt = sum(server.asked.values()), server.asked[question]
            server.busy += 1
            server.busiest = max(server.busiest, server.busy)
        try:
            refusal = server.refuse(body)
            if refusal is not None:
                self.send(400, json.dumps(refusal).encode())
            else:
                self.fail(server.plan(question, number, attempt)) or self.serve(body, question)
        finally:
            with server.lock:
                server.busy -= 1

    def change_adapters(self, body):
        """vLLM's two routes for LoRA adapters: a name that is there already, or not there, is refused."""
        loading, loaded = self.path == "/v1/load_lora_adapter", self.server.adapters
        name = body["lora_name"]
        if self.server.without_lora or (not loading and name not in loaded):
            self.send(404, b'{"detail": "Not Found"}')
        elif loading and name in loaded:
            self.send(400, b'{"object": "error", "message": "already loaded"}')
        else:
            if loading:
                loaded[name] = body["lora_path"]
            else:
                del loaded[name]
            self.server.changes.append((self.path.removeprefix("/v1/"), name))
            self.send(200, b"Success")

    def fail(self, fault):
        match fault:
            case None:
                return False
            case "429":
                self.send(429, b'{"error": "slow down"}', {"Retry-After": "0.05"})
            case "hang":
                time.sleep(TIMEOUT_S * 1.5)
                self.close_connection = True
            case "cut body":
                self.send(200, b'{"choices": [{"message": {"content": "[]', promised=400)
            case "wrong JSON":
                self.send(200, random.choice(WRONG_JSON))
            case "dropped":
                self.close_connection = True
            case "drip":
                self.drip()
            case (status, headers):
                self.send(status, b'{"error": "as planned"}', headers)
            case status:
                self.send(int(status), b'{"error": "as planned, Bearer secret-key"}')
        return True

    def drip(self):
        """A byte now and then: no single read ever times out."""
        self.send(200, b"{", promised=400, close=False)
        for _ in range(40):
            time.sleep(0.1)
            self.wfile.write(b" ")
        self.close_connection = True

    def serve(self, body, question):
        message = dict(self.server.message(question, body))
        choice = {"finish_reason": message.pop("finish_reason", "stop"), "message": message}
        with self.server.lock:
            self.server.served[question] += 1
        reply = {"choices": [choice], "usage": self.server.usage}
        self.send(200, json.dumps(reply).encode())

    def send(self, status, content, headers=None, promised=None, close=True):
        lines = [f"HTTP/1.1 {status} planned", f"Content-Length: {promised or len(content)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + content)
        self.close_connection = promised is not None and close


def echo(question, body):
    """The call that a right target would write for a question, in the pythonic dialect."""
    return {"role": "assistant", "content": f"[get_weather(city={question!r})]"}


def settings(url, **changed):
    return EndpointParams.model_validate(
        {
            "base_url": url,
            "model": "tiny",
            "key_variable": None,
            "concurrency": 16,
            "timeout_s": TIMEOUT_S,
            "max_attempts": 5,
            "max_requests": None,
            "max_tokens": None,
        }
        | changed
    )


def endpoint(url, journal, dialect="pythonic", **changed):
    return EndpointTarget(settings(url, **changed), DIALECTS[dialect], 64, journal)
