"""All rivals, set up for one world as its owner would, who knows the service time and the tightest threshold."""

from __future__ import annotations

from . import celery_autoscale, keda, knative, lambda_mapping, practo, square_root, target_tracking
from .recipe import Rival


def rivals(*, threshold_seconds: float, service_seconds: float, slots: int) -> tuple[Rival, ...]:
    """``threshold_seconds``: of the tightest tier; ``service_seconds``: the mean of one message in one slot."""
    tracking = target_tracking.guided(threshold_seconds, service_seconds, slots)
    wpa = practo.WpaSettings(service_seconds / slots)
    return (
        Rival(keda.Keda.name, keda.KedaSettings(), keda.variants()),
        Rival(target_tracking.TargetTracking.name, tracking, target_tracking.variants(tracking)),
        Rival(lambda_mapping.LambdaMapping.name, lambda_mapping.LambdaSettings(), lambda_mapping.variants()),
        Rival(knative.Knative.name, knative.KpaSettings(), knative.variants()),
        Rival(celery_autoscale.Celery.name, celery_autoscale.CelerySettings(), celery_autoscale.variants()),
        Rival(practo.PractoWpa.name, wpa, practo.variants(wpa)),
        Rival(square_root.SquareRoot.name, square_root.SquareRootSettings(), square_root.variants()),
    )
