"""Events of a server for machines."""

from .._server_events import AssociationRefused, InstanceReceived, InstanceRefused, ServerEvent

__all__ = ["facts_of"]


def facts_of(event: ServerEvent) -> dict[str, object]:
    """An event for machines."""
    name = type(event).__name__
    facts: dict[str, object] = {"event": name}
    info = getattr(event, "info", None)
    if isinstance(event, InstanceReceived):
        one = event.received
        info = one.info
        facts |= {
            "path": one.path,
            "sop_class": one.sop_class,
            "sop_instance": one.sop_instance,
            "transfer_syntax": one.transfer_syntax,
            "size": one.size,
        }
    elif isinstance(event, InstanceRefused):
        facts |= {
            "sop_class": event.sop_class,
            "sop_instance": event.sop_instance,
            "status": f"{event.status:04X}",
            "error": event.error,
        }
    else:
        for key in ("host", "port", "level", "free"):
            if hasattr(event, key):
                facts[key] = getattr(event, key)
        if hasattr(event, "error"):
            facts["error"] = str(event.error)
        if isinstance(event, AssociationRefused):
            facts["reason"] = event.answer.explanation
    if info is not None:
        facts |= {
            "association": info.number,
            "calling": info.calling,
            "called": info.called,
            "address": info.address[0],
        }
    return facts
