"""An adapter on a served vLLM: loaded for as long as it is asked, under a name that its files decide."""

import pytest

from sparring.dialects import DIALECTS
from sparring.errors import InputError, UnreachableError
from sparring.targets.vllm import served_adapter
from tests.chat_server import settings

DIALECT = DIALECTS["pythonic"]


@pytest.fixture
def adapter(tmp_path):
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    return folder


def test_an_adapter_is_loaded_asked_by_its_name_and_unloaded(start_server, seeds, journal, adapter):
    server = start_server()
    with served_adapter(settings(server.url), DIALECT, 64, journal, adapter) as target:
        (name,) = server.adapters
        assert server.adapters[name] == str(adapter.resolve())
        target.answer(seeds(2), 1, 0.0, 0)
    assert {body["model"] for body in server.bodies} == {name}
    assert server.changes == [("load_lora_adapter", name), ("unload_lora_adapter", name)]
    assert server.adapters == {}


def test_another_checkpoint_is_another_model_for_server_and_journal(start_server, seeds, journal, adapter):
    server = start_server()
    for weights in ("first", "second"):
        (adapter / "adapter_model.safetensors").write_text(weights)
        for _ in range(2):
            with served_adapter(settings(server.url), DIALECT, 64, journal, adapter) as target:
                target.answer(seeds(1), 1, 0.0, 0)
    assert len({name for _, name in server.changes}) == 2
    assert sum(server.served.values()) == 2


def test_an_adapter_is_unloaded_after_a_failure_too(start_server, journal, adapter):
    server = start_server()
    with pytest.raises(KeyError), served_adapter(settings(server.url), DIALECT, 64, journal, adapter):
        raise KeyError
    assert server.adapters == {}


def test_an_adapter_that_is_there_already_is_used_and_stays(start_server, seeds, journal, adapter):
    server = start_server()
    with served_adapter(settings(server.url), DIALECT, 64, journal, adapter):
        with served_adapter(settings(server.url), DIALECT, 64, journal, adapter) as target:
            target.answer(seeds(1), 1, 0.0, 0)
        assert len(server.adapters) == 1
    assert len(server.changes) == 2


def test_a_server_without_adapters_says_what_to_start_it_with(start_server, journal, adapter):
    server = start_server()
    server.without_lora = True
    with (
        pytest.raises(InputError, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING"),
        served_adapter(settings(server.url), DIALECT, 64, journal, adapter),
    ):
        pass


def test_a_folder_without_an_adapter_and_a_server_that_is_gone_are_named(journal, adapter, tmp_path):
    for folder, kind, said in (
        (tmp_path, InputError, "adapter_config.json"),
        (adapter, UnreachableError, "models"),
    ):
        with (
            pytest.raises(kind, match=said),
            served_adapter(settings("http://127.0.0.1:9/v1"), DIALECT, 64, journal, folder),
        ):
            pass


def test_an_address_that_lists_no_models_is_named(start_server, journal, adapter):
    server = start_server()
    server.without_models = True
    with (
        pytest.raises(InputError, match="no list of models: data"),
        served_adapter(settings(server.url), DIALECT, 64, journal, adapter),
    ):
        pass
