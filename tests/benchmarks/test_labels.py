"""Attacks read one by one: draws that spread, two readings joined, shares and agreement; and what the committed sets say."""

from collections import Counter

import pytest
from sklearn.metrics import cohen_kappa_score

from benchmarks.labels.drawing import COUNTS
from benchmarks.labels.rows import DrawnAttack, Family, Label, LabelledAttack, Reading
from benchmarks.labels.scoring import joined, kappa, share_right
from sparring.errors import InputError
from sparring.records import Message
from sparring.storage import read_jsonl
from tests.conftest import ROOT
