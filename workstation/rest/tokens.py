"""REST of the token itself: what this one may do (shell)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from crm_core.access import Action
from workstation.rest.caller import Caller, Present

router = APIRouter(tags=["tokens"])


class TokenOut(BaseModel):
    """Who you are to us."""

    token_id: int
    name: str
    user_id: int
    role: str
    actions: list[Action]


@router.get("/token", operation_id="read_token")
async def read_token(caller: Annotated[Caller, Depends(Present())]) -> TokenOut:
    """Tell what this token may do."""
    return TokenOut(
        token_id=caller.token_id,
        name=caller.name,
        user_id=caller.user_id,
        role=caller.role.value,
        actions=sorted(caller.actions),
    )
