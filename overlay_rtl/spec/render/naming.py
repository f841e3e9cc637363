"""Spelling of names in the languages that the contract is rendered for."""

import re


def snake(name):
    """StageExit, tcp-reset, CAP_ISA -> stage_exit, tcp_reset, cap_isa"""
    name = re.sub(r"[^A-Za-z0-9]+", "_", name)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return name.lower()


def macro(name):
    return snake(name).upper()


def camel(name):
    """tcp-reset, stage_exit -> TcpReset, StageExit; keeps inner capitals"""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name) if part)


def banner(comment, what):
    return f"{comment} {what} Rendered from overlay_rtl/spec; change the records, not this file.\n"
