"""Supervision (督办)."""
from fastapi import APIRouter
router = APIRouter(prefix="/api/v1", tags=["督办 supervision"])
