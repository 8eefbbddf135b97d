"""params.yaml and profiles, odd as text and odd at their joints."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from benchmarks.fuzz.boundary import ROOT, Boundary, NotEqualError, same
from benchmarks.fuzz.mutation import mutated_json, odd_bytes, odd_text
from sparring.config import load_params
from sparring.errors import InputError
from sparring.project.profiles import apply_profile
from sparring.yaml_text import read_yaml

RECIPE = (ROOT / "params.yaml").read_text(encoding="utf-8")
PROFILES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "profiles").glob("*.yaml"))]


def _yaml(known: Sequence[str]) -> Callable[[Random], bytes]:
    """Recipes with odd text, or odd at a joint (JSON is YAML)."""
    trees = [read_yaml(text, "known") for text in known]
    odd = (
        "&a [*a]", "!!python/object:os.system x", "? [a]\n: b", "2024-13-45", "!!timestamp x", "!!int x", "!!binary ~", "<<: 3",
        "&a {<<: *a}", "*b", "0o9", "1:60:60", "0b2", "!!float x", "- - -", "{", "'", "%YAML 9", "---\n---", "!!set {a}", ".nan", "\t", "!!omap [1]",
        "&a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]",
    )  # fmt: skip

    def made(rng: Random) -> bytes:
        if rng.random() < 0.4:
            return mutated_json(rng, rng.choice(trees), trees).encode("utf-8", "surrogatepass")
        text = rng.choice(known)
        if rng.random() < 0.4:
            rows = text.split("\n")
            place = rng.randrange(len(rows))
            rows[place] = rng.choice((rows[place].partition(":")[0] + ": ", "", "  ")) + rng.choice(odd)
            text = "\n".join(rows)
        else:
            text = odd_text(rng, text, known)
        content = text.encode("utf-8", "surrogatepass")
        return odd_bytes(rng, content) if rng.random() < 0.15 else content

    return made


def recipes() -> Boundary:
    """params.yaml."""

    def read(content: bytes, folder: Path) -> None:
        path = folder / "params.yaml"
        path.write_bytes(content)
        same(load_params(path))

    return Boundary(_yaml([RECIPE]), read)


def profiles() -> Boundary:
    """A profile laid over the recipe; the recipe stands where it is refused."""

    def read(content: bytes, folder: Path) -> None:
        path, profile = folder / "params.yaml", folder / "own.yaml"
        path.write_text(RECIPE, encoding="utf-8")
        profile.write_bytes(content)
        try:
            apply_profile(path, profile)
        except InputError:
            if path.read_text(encoding="utf-8") != RECIPE:
                raise NotEqualError("a refused profile changed the recipe") from None
            raise
        load_params(path)

    return Boundary(_yaml(PROFILES), read)
