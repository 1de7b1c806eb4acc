"""Tracking (查询): what a citizen sees of a request, in plain words."""
from fastapi import APIRouter
router = APIRouter(prefix="/api/v1", tags=["查询 tracking"])
