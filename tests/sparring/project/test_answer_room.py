from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.project.answer_room import cut_answers
from sparring.storage import write_jsonl, write_text
from tests.tiny import tokenizer


def short_of(params, tokens):
    return params.model_copy(update={"target": params.target.model_copy(update={"max_new_tokens": tokens})})


def test_right_calls_longer_than_an_answer_may_be_are_counted(params, tmp_path, make_weather):
    assert list(cut_answers(short_of(params, 1), tmp_path)) == []  # nothing is prepared yet
    base = tmp_path / "models" / "base"
    tokenizer().save_pretrained(base)
    write_text(base / "config.json", "{}")
    silent = make_weather("w3").model_copy(update={"gold": []})
    write_jsonl(tmp_path / "data" / "splits" / "proof.jsonl", [make_weather("w1"), silent, make_weather("w2", "a b c")])
    calls = [DIALECTS["pythonic"].render(gold_calls(row)) for row in (make_weather("w1"), make_weather("w2", "a b c"))]
    short, long = (len(ids) + 1 for ids in tokenizer()(calls, add_special_tokens=False)["input_ids"])  # and the end
    assert short < long
    assert list(cut_answers(short_of(params, long), tmp_path)) == []
    (line,) = cut_answers(short_of(params, short), tmp_path)
    assert line == f"target.max_new_tokens: {short} cut the right calls of 1 of 2 held-out rows; w2 takes {long}"
