# %% [markdown]
# Bình Phước (simulated): how many more people get 4G for 10, 20 and 40 billion đồng?
#
# Run `make demo` first, or give the folder of another province:
#
#     python scenarios/gallery/binh_phuoc_budgets.py demo-out

# %%
import sys
from pathlib import Path

from phusong import coverage, gis, scenarios

province = Path(sys.argv[1] if len(sys.argv) > 1 else "demo-out")
layers = gis.read_layers(province / "layers.toml")
question = scenarios.read(province / "scenario.toml")
today = coverage.predict(layers, radio=question.coverage.radio(layers))

# %%
print(f"{'budget':>10} {'proposals':>10} {'people':>10} {'no more than':>13} {'gap':>8}   (đồng, people with new 4G)")
for billion in (10, 20, 40):
    settings = question.plan.model_copy(update={"budget_vnd": billion * 1e9})
    plan = scenarios.solve(question.model_copy(update={"plan": settings}), layers, today)
    proof = plan.proof
    print(
        f"{billion:>7} tỷ {len(plan.proposals):>10} {proof['covered_people']:>10,.0f} "
        f"{proof['bound_people']:>13,.0f} {proof['gap_share']:>8.2%}"
    )
