"""A reference to another document fetches nothing, unless its address or folder was let in by name."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sparring.errors import InputError
from sparring.tools.importing import Wishes, import_tools


def shop(reference):
    parameter = {"name": "a", "in": "query", "schema": {"$ref": reference}}
    return {"openapi": "3.1.0", "paths": {"/x": {"get": {"summary": "X.", "parameters": [parameter]}}}}


@pytest.fixture
def server():
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"Q": {"type": "integer"}}).encode())

        def log_message(self, *_):
            pass

    served = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}", asked
    served.shutdown()


@pytest.mark.parametrize("allow", [(), ("http://127.0.0.1:1/",), ("LOCAL/other",), ("https://127.0.0.1/",)])
def test_an_address_that_was_not_let_in_is_never_asked(tmp_path, server, allow):
    address, asked = server
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(shop(f"{address}/q.json#/Q")))
    allowed = tuple(one.replace("LOCAL", address) for one in allow)
    with pytest.raises(InputError, match="another document, which is not fetched"):
        import_tools(str(path), Wishes(allow=allowed))
    assert asked == []


def test_an_address_that_was_let_in_is_read_once(tmp_path, server):
    address, asked = server
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(shop(f"{address}/defs/q.json#/Q")))
    toolbox = import_tools(str(path), Wishes(allow=(f"{address}/defs/",)))
    assert toolbox.tools[0]["parameters"]["properties"] == {"a": {"type": "integer"}}
    assert asked == ["/defs/q.json"]


def test_a_file_beside_is_read_where_its_folder_was_let_in(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "q.json").write_text(json.dumps({"Q": {"$ref": "r.json#/R"}}))
    (tmp_path / "parts" / "r.json").write_text(json.dumps({"R": {"type": "boolean"}}))
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(shop("parts/q.json#/Q")))
    toolbox = import_tools(str(path), Wishes(allow=(str(tmp_path / "parts"),)))
    assert toolbox.tools[0]["parameters"]["properties"] == {"a": {"type": "boolean"}}
    with pytest.raises(InputError, match="not fetched"):
        import_tools(str(path), Wishes())


@pytest.mark.parametrize("reference", ["parts/../secret.json#/Q", "parts/link.json#/Q"])
def test_a_step_back_or_a_link_leads_out_of_no_folder(tmp_path, reference):
    (tmp_path / "parts").mkdir()
    (tmp_path / "secret.json").write_text(json.dumps({"Q": {"type": "boolean"}}))
    (tmp_path / "parts" / "link.json").symlink_to(tmp_path / "secret.json")
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(shop(reference)))
    with pytest.raises(InputError, match="not fetched"):
        import_tools(str(path), Wishes(allow=(str(tmp_path / "parts"),)))


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("nowhere.json", "no such file"),
        (".", "folder"),
        ("http://user:pw@127.0.0.1:9/x.json", "holds a user or password"),
    ],
)
def test_a_source_that_is_none_is_named(tmp_path, monkeypatch, source, named):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=named) as raised:
        import_tools(source, Wishes())
    assert "pw" not in str(raised.value).replace("password", "")
