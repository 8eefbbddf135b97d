"""Typed, frozen mirror of params.yaml: the defaults of the recipe live in that file, once, and never here.

An unknown key, a wrong type and a value outside its range are refused with one line that names the file, the key and
what is allowed. A section is a class, by idea in the files of this package.
"""

from sparring.config.attacking import MiningParams, RewardParams, RLParams, RolloutParams, SamplingParams
from sparring.config.base import (
    AUTO,
    BASELINE,
    Action,
    ModelName,
    NonNegative,
    NumberFormat,
    Positive,
    Rate,
    Section,
    Share,
)
from sparring.config.data import DataParams, OwnToolsParams
from sparring.config.judging import WORDING, GateParams, JudgeParams, ReaderParams, ReadersParams, RoundTripParams
from sparring.config.players import (
    ChatAttackerParams,
    ModelParams,
    QueryModelParams,
    ServedModelParams,
    TargetParams,
    WarmStartParams,
)
from sparring.config.recipe import PATIENCE, Params, load_params
from sparring.config.running import AuditParams, CutParams, EvaluationParams, RoundParams, TrainingParams, WorkerParams
from sparring.config.updating import AttackerShares, DialParams, DPOParams, OwnAnswersParams, SFTParams, update_name

__all__ = [
    "AUTO",
    "BASELINE",
    "PATIENCE",
    "WORDING",
    "Action",
    "AttackerShares",
    "AuditParams",
    "ChatAttackerParams",
    "CutParams",
    "DPOParams",
    "DataParams",
    "DialParams",
    "EvaluationParams",
    "GateParams",
    "JudgeParams",
    "MiningParams",
    "ModelName",
    "ModelParams",
    "NonNegative",
    "NumberFormat",
    "OwnAnswersParams",
    "OwnToolsParams",
    "Params",
    "Positive",
    "QueryModelParams",
    "RLParams",
    "Rate",
    "ReaderParams",
    "ReadersParams",
    "RewardParams",
    "RolloutParams",
    "RoundParams",
    "RoundTripParams",
    "SFTParams",
    "SamplingParams",
    "Section",
    "ServedModelParams",
    "Share",
    "TargetParams",
    "TrainingParams",
    "WarmStartParams",
    "WorkerParams",
    "load_params",
    "update_name",
]
