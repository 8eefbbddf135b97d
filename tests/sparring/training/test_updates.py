"""Every update of the recipe is one file, and its training a value that can travel to other processes."""

import cloudpickle
import pytest

from sparring.config import update_name
from sparring.records import SFTExample
from sparring.training.updates import UPDATES, Lesson
from tests.tiny import make_language_model


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("updates") / "base")


@pytest.mark.parametrize("name", UPDATES)
def test_the_recipe_takes_every_update_that_there_is(name):
    assert update_name(name) == name


def test_an_update_goes_by_the_name_of_its_file_and_no_file_is_left_out():
    with pytest.raises(ValueError, match="allowed: ") as refused:
        update_name("none of them")
    assert set(str(refused.value).partition("allowed: ")[2].split(", ")) == UPDATES.keys()


@pytest.mark.parametrize("name", UPDATES)
def test_a_training_is_a_frozen_value_that_travels(name, base, params, make_weather, tmp_path):
    seed = make_weather("a")
    row = SFTExample(id="clean:a", messages=seed.messages, tools=seed.tools, completion="[f()]", origin="clean")
    job = UPDATES[name].job(Lesson(params, [row], [seed], base, base, None, tmp_path / "out", "learns"))
    there = cloudpickle.loads(cloudpickle.dumps(job))
    assert there.out == tmp_path / "out"
    assert type(there) is type(job)
    with pytest.raises(AttributeError):
        job.out = tmp_path


def test_only_rejection_sampling_rewrites_the_training_set():
    assert [name for name, update in UPDATES.items() if update.rewrite is not None] == ["rft"]
