"""THE RADIO: sites become signal, signal becomes service, service becomes KPIs and gaps.

``today = coverage.predict(layers)``, then ``coverage.kpis.population(today).by_commune()``.
"""

if __name__ == "coverage":  # found by its bare name from the repository root: give the name back
    from phusong._step_aside import step_aside

    step_aside(__name__, __file__)
else:
    from phusong.coverage import gaps, kpis
    from phusong.coverage.link_budget import LinkBudget
    from phusong.coverage.predict import Coverage, predict
    from phusong.coverage.radio import Radio

    __all__ = ["Coverage", "LinkBudget", "Radio", "gaps", "kpis", "predict"]
