from hypothesis import HealthCheck, settings

# A busy machine must not fail a property: only what is computed counts here, not how fast.
settings.register_profile("finance", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("finance-thorough", parent=settings.get_profile("finance"), max_examples=2_000)
settings.load_profile("finance")
