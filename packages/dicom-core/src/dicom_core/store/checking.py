"""What stores look at before they keep an instance: for those who write one."""

from ._checked import Checked, check, check_source
from ._whole import Whole

__all__ = ["Checked", "Whole", "check", "check_source"]
