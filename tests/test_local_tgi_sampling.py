from __future__ import annotations

import pytest

from falcon.local.tgi_request import GenerateParameters
from falcon.local.tgi_sampling import choose_sampling


@pytest.mark.parametrize(
    ("parameters", "temperature"),
    [
        pytest.param(GenerateParameters(), 0.0, id="nothing"),
        pytest.param(GenerateParameters(temperature=1.0), 0.0, id="temperature of 1"),
        pytest.param(GenerateParameters(repetition_penalty=1.2), 0.0, id="a penalty"),
        pytest.param(GenerateParameters(do_sample=True), 1.0, id="do_sample"),
        pytest.param(GenerateParameters(temperature=0.5), 0.5, id="temperature"),
        pytest.param(GenerateParameters(top_k=3), 1.0, id="top_k"),
        pytest.param(GenerateParameters(top_p=0.5), 1.0, id="top_p"),
        pytest.param(GenerateParameters(typical_p=0.5), 1.0, id="typical_p"),
    ],
)
def test_sampling_is_on_when_tgis_model_side_says_so(
    parameters: GenerateParameters, temperature: float
) -> None:
    assert choose_sampling(parameters).temperature == temperature


def test_a_seed_is_kept_and_a_missing_one_is_random() -> None:
    assert choose_sampling(GenerateParameters(seed=2**64 - 1)).seed == 2**64 - 1
    assert choose_sampling(GenerateParameters(seed=0)).seed == 0
    seeds = {choose_sampling(GenerateParameters()).seed for _ in range(10)}
    assert len(seeds) == 10
