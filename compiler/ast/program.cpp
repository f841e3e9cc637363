// Names and small questions of the typed AST.
#include "compiler/ast/program.h"

namespace norman::ast {

std::string typeName(const Type& type) {
  switch (type.kind) {
    case TypeKind::Bool:
      return "bool";
    case TypeKind::Ipv4:
      return "ipv4";
    case TypeKind::Ipv6:
      return "ipv6";
    case TypeKind::Mac:
      return "mac";
    case TypeKind::Int:
      break;
  }
  switch (type.unit) {
    case Unit::None:
      return type.bits == 64 ? "u64" : "u32";
    case Unit::Port:
      return "port";
    case Unit::Interface:
      return "interface";
    case Unit::Bytes:
      return "bytes";
    case Unit::Packets:
      return "packets";
    case Unit::Nanoseconds:
      return "duration";
    case Unit::Seconds:
      return "seconds";
  }
  return "";
}

std::string_view rejectReasonName(RejectReason reason) {
  switch (reason) {
    case RejectReason::None:
      return "none";
    case RejectReason::PortUnreachable:
      return "port-unreachable";
    case RejectReason::HostUnreachable:
      return "host-unreachable";
    case RejectReason::NetUnreachable:
      return "net-unreachable";
    case RejectReason::ProtoUnreachable:
      return "proto-unreachable";
    case RejectReason::AdminProhibited:
      return "admin-prohibited";
    case RejectReason::TcpReset:
      return "tcp-reset";
  }
  return "";
}

Direction directionOf(Hook hook) {
  switch (hook) {
    case Hook::Prerouting:
    case Hook::Input:
      return Direction::Ingress;
    case Hook::Forward:
    case Hook::Output:
    case Hook::Postrouting:
      break;
  }
  return Direction::Egress;
}

std::string_view hookName(Hook hook) {
  switch (hook) {
    case Hook::Prerouting:
      return "prerouting";
    case Hook::Input:
      return "input";
    case Hook::Forward:
      return "forward";
    case Hook::Output:
      return "output";
    case Hook::Postrouting:
      return "postrouting";
  }
  return "";
}

bool Program::hasPolicies(Direction direction) const {
  for (const Policy& policy : policies)
    if (directionOf(policy.hook) == direction) return true;
  return false;
}

}  // namespace norman::ast
