"""Documents that real servers write of themselves are imported whole: Prefect's and MLflow's, as they are installed."""

import pytest

from tests.sparring.tools.reading import imported


def prefect():
    from prefect.server.api.server import create_app

    return create_app().openapi()


def mlflow():
    from mlflow.server.fastapi_app import app

    return app.openapi()


@pytest.mark.slow
@pytest.mark.parametrize(("document", "at_least"), [(prefect, 100), (mlflow, 50)])
def test_every_operation_of_a_real_document_is_a_tool_or_is_named(tmp_path, document, at_least):
    made = document()
    num_operations = sum(len(item) for item in made["paths"].values())
    toolbox = imported(tmp_path, made)
    assert num_operations >= at_least
    assert len(toolbox.tools) + len({fault.tool for fault in toolbox.left_out}) == num_operations
    assert len(toolbox.tools) >= 0.9 * num_operations
