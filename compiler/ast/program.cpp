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

std::string_view rawBaseName(RawBase base) {
  switch (base) {
    case RawBase::Frame:
      return "frame";
    case RawBase::L3:
      return "l3";
    case RawBase::L4:
      break;
  }
  return "l4";
}

bool Program::hasPolicies(Direction direction) const {
  for (const Policy& policy : policies)
    if (directionOf(policy.hook) == direction) return true;
  return false;
}

void eachExpr(const Expr& expr, const std::function<void(const Expr&)>& visit) {
  visit(expr);
  const auto all = [&](const std::vector<ExprPtr>& operands) {
    for (const ExprPtr& operand : operands) eachExpr(*operand, visit);
  };
  const auto key = [&](const std::vector<KeyPart>& parts) {
    for (const KeyPart& part : parts) {
      eachExpr(*part.value, visit);
      if (part.v6 != nullptr) eachExpr(*part.v6, visit);
    }
  };
  switch (expr.kind) {
    case ExprKind::Literal:
    case ExprKind::FieldRef:
    case ExprKind::LocalRef:
    case ExprKind::OwnerTest:
      return;
    case ExprKind::StateValue:
      return key(as<StateValue>(expr).key);
    case ExprKind::MeterTest:
      key(as<MeterTest>(expr).key);
      if (const auto& step = as<MeterTest>(expr).step)
        for (const ExprPtr* value : {&step->limit, &step->then.value, &step->otherwise.value})
          if (*value != nullptr) eachExpr(**value, visit);
      return;
    case ExprKind::MapValue:
      for (const MapValue::Choice& choice : as<MapValue>(expr).choices) all(choice.operands);
      return;
    case ExprKind::RawRead:
      return eachExpr(*as<RawRead>(expr).index, visit);
    case ExprKind::Present:
      return eachExpr(*as<Present>(expr).operand, visit);
    case ExprKind::Widen:
      return eachExpr(*as<Widen>(expr).operand, visit);
    case ExprKind::Arith:
      eachExpr(*as<Arith>(expr).lhs, visit);
      return eachExpr(*as<Arith>(expr).rhs, visit);
    case ExprKind::Compare:
      eachExpr(*as<Compare>(expr).lhs, visit);
      return eachExpr(*as<Compare>(expr).rhs, visit);
    case ExprKind::InSet:
      return eachExpr(*as<InSet>(expr).operand, visit);
    case ExprKind::InTable:
      return all(as<InTable>(expr).operands);
    case ExprKind::Not:
      return eachExpr(*as<Not>(expr).operand, visit);
    case ExprKind::And:
      return all(as<And>(expr).operands);
    case ExprKind::Or:
      return all(as<Or>(expr).operands);
  }
}

void eachExpr(const Statement& statement, const std::function<void(const Expr&)>& visit) {
  if (statement.let) eachExpr(*statement.let->value, visit);
  if (!statement.rule) return;
  eachExpr(*statement.rule->condition, visit);
  for (const Action& action : statement.rule->actions) {
    if (action.counter_index) eachExpr(*action.counter_index, visit);
    for (const Assignment& assignment : action.assignments) eachExpr(*assignment.value, visit);
    if (action.update) eachExpr(*action.update, visit);
  }
}

}  // namespace norman::ast
