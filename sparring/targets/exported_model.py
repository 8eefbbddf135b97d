"""Which exported model a server on this machine says that it serves: vLLM names the folder of each model it lists.

Only a server on this machine is asked, since a folder that another one names is none of ours.
"""

from pathlib import Path

import httpx
from pydantic import BaseModel, ValidationError

from sparring.targets.endpoint import EndpointParams, headers
from sparring.targets.exchange import ExchangeError, bounded_client, exchange
from sparring.targets.trained_prompts import FILE

HERE = frozenset({"127.0.0.1", "localhost", "::1"})
PATIENCE_S = 5.0


class _Model(BaseModel):
    id: str
    root: str | None = None


class _Models(BaseModel):
    data: list[_Model]


def exported_by(endpoint: EndpointParams) -> Path | None:
    """The folder of the model, where the server names one that keeps its trained prompts; else None."""
    if httpx.URL(endpoint.base_url).host not in HERE:
        return None
    try:
        with bounded_client(headers(endpoint.key_variable)) as client:
            answer = exchange(client, "GET", f"{endpoint.base_url.rstrip('/')}/models", PATIENCE_S)
        listed = _Models.model_validate_json(answer.body).data
    except (ExchangeError, ValidationError):
        return None
    folders = (Path(model.root) for model in listed if model.id == endpoint.model and model.root)
    return next((folder for folder in folders if (folder / FILE).is_file()), None)
