"""The expression language of edit checks, skip logic and calculations (docs/expressions.md)."""

from trials.expressions.compiling import Expression, compile_expression
from trials.expressions.dependencies import Circular, in_order
from trials.expressions.kinds import Kind, Names, Type, Value
from trials.expressions.parsing import LONGEST, ExpressionError, Reference
from trials.expressions.running import Lookup

__all__ = [
    "LONGEST",
    "Circular",
    "Expression",
    "ExpressionError",
    "Kind",
    "Lookup",
    "Names",
    "Reference",
    "Type",
    "Value",
    "compile_expression",
    "in_order",
]
