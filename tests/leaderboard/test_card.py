import json

from bundles import TASK, made_bundle

from ilbench.contract.registry import load_registry
from ilbench.leaderboard.card import make_card, scores_text
from ilbench.runs.bundle import read_manifest
from ilbench.runs.folder import load_run
from ilbench.runs.submission_info import Served


def test_a_card_says_who_what_and_how_often_it_succeeds(tmp_path):
    bundle = made_bundle(tmp_path)
    card = make_card(load_run(bundle), load_registry(), read_manifest(bundle))
    assert card.startswith("# straight ahead\n")
    assert "- license: MIT" in card
    assert "sandbox" not in card
    assert f"| {TASK} | test | 0.50 " in card
    assert "- weights.bin: " in card


def test_a_card_says_where_the_policy_lived(tmp_path):
    served = Served(wire="openpi", seeded=False)
    bundle = made_bundle(tmp_path, sandbox="bwrap", served=served)
    card = make_card(load_run(bundle), load_registry(), read_manifest(bundle))
    assert "- sandbox: bwrap" in card
    assert "- policy server: wire openpi, without seeds" in card


def test_scores_for_reading_are_those_that_are_recomputed(tmp_path):
    run = load_run(made_bundle(tmp_path))
    found = json.loads(scores_text(run, load_registry()))
    assert found[TASK]["splits"]["test"]["success"]["value"] == 0.5
