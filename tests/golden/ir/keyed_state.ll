; Keyed state: three knocks at port 7000 open port 22 to their source, for a minute after the last one.
;
; The key's slot in the learned table is the index of its state word: a step for a key that is there, another one that sets the
; word for a key that is new, none for one that is refused.
; CHECK: or [[NOW:r[0-9]+]], [[NOW]], {{r[0-9]+}}.b3
; CHECK: learn [[SLOT:r[0-9]+]], p{{[0-7]}}, 0, 0, 0, [[NOW]], [[NOW]], {{r[0-9]+}}, {{r[0-9]+}}, {{r[0-9]+}}, {{r[0-9]+}}, 57221
; CHECK-NEXT: .branch !own
; CHECK: learn {{r[0-9]+}}, p{{[0-7]}}, 0, 0, 3, [[NOW]], [[NOW]], {{r[0-9]+}}, {{r[0-9]+}}, {{r[0-9]+}}, {{r[0-9]+}}, 57221
; CHECK-NEXT: .branch !own
; CHECK-DAG: state -, -, p{{[0-7]}}, [0 + [[SLOT]] < 63], geu, keep, keep, none, 0, 0, 0, 0, imm, 0, 3
; CHECK-DAG: state -, -, -, [0 + {{r[0-9]+}} < 63], always, set, keep, new, imm, 0, 0, 0, 0, 0, 1
; CHECK-DAG: state {{r[0-9]+}}, -, -, [0 + {{r[0-9]+}} < 63], always, add, keep, new, imm, 0, 0, 0, 0, 0, 1
; CHECK: # learned knockers: ingress, stage 17, base 0, size 64
declare void @norman.verdict(i32) nounwind willreturn nomerge
declare void @norman.event.knocks(i32, i32) nounwind willreturn nomerge
declare void @norman.event.refused(i32, i32) nounwind willreturn nomerge
declare { i1, i32 } @norman.learn.knockers(i32, i32, i32, i32, i32, i32, i32, i32) nounwind willreturn nomerge
declare { i1, i64 } @norman.state.knocked(i32, i64, i64, i64, i32) nounwind willreturn nomerge

define void @ingress(ptr addrspace(1) %ctx) {
  %lo.at = getelementptr i8, ptr addrspace(1) %ctx, i32 12
  %lo = load i32, ptr addrspace(1) %lo.at
  %hi.at = getelementptr i8, ptr addrspace(1) %ctx, i32 16
  %hi = load i32, ptr addrspace(1) %hi.at
  %lo.part = lshr i32 %lo, 24
  %hi.part = shl i32 %hi, 8
  %now = or i32 %hi.part, %lo.part
  %src0.at = getelementptr i8, ptr addrspace(1) %ctx, i32 48
  %src0 = load i32, ptr addrspace(1) %src0.at
  %src1.at = getelementptr i8, ptr addrspace(1) %ctx, i32 52
  %src1 = load i32, ptr addrspace(1) %src1.at
  %src2.at = getelementptr i8, ptr addrspace(1) %ctx, i32 56
  %src2 = load i32, ptr addrspace(1) %src2.at
  %src3.at = getelementptr i8, ptr addrspace(1) %ctx, i32 60
  %src3 = load i32, ptr addrspace(1) %src3.at
  %port.at = getelementptr i8, ptr addrspace(1) %ctx, i32 96
  %port = load i16, ptr addrspace(1) %port.at
  %knocks = icmp eq i16 %port, 7000
  br i1 %knocks, label %knock, label %other
knock:
  %r = call { i1, i32 } @norman.learn.knockers(i32 %src0, i32 %src1, i32 %src2, i32 %src3, i32 %now, i32 0, i32 57221, i32 3)
  %found = extractvalue { i1, i32 } %r, 0
  %slot = extractvalue { i1, i32 } %r, 1
  br i1 %found, label %again, label %first
again:
  %one.more = call { i1, i64 } @norman.state.knocked(i32 %slot, i64 1, i64 0, i64 0, i32 4354)
  %count64 = extractvalue { i1, i64 } %one.more, 1
  %count = trunc i64 %count64 to i32
  %shown = and i32 %count, 15
  call void @norman.event.knocks(i32 1, i32 %shown)
  br label %exit
first:
  %none = icmp slt i32 %slot, 0
  br i1 %none, label %full, label %new
new:
  %set = call { i1, i64 } @norman.state.knocked(i32 %slot, i64 1, i64 0, i64 0, i32 4353)
  call void @norman.event.knocks(i32 1, i32 0)
  br label %exit
full:
  call void @norman.event.refused(i32 17, i32 0)
  br label %exit
other:
  %door = icmp eq i16 %port, 22
  br i1 %door, label %ask, label %exit
ask:
  %p = call { i1, i32 } @norman.learn.knockers(i32 %src0, i32 %src1, i32 %src2, i32 %src3, i32 %now, i32 0, i32 57221, i32 0)
  %known = extractvalue { i1, i32 } %p, 0
  %at = extractvalue { i1, i32 } %p, 1
  br i1 %known, label %enough, label %drop
enough:
  %q = call { i1, i64 } @norman.state.knocked(i32 %at, i64 0, i64 0, i64 3, i32 1280)
  %open = extractvalue { i1, i64 } %q, 0
  br i1 %open, label %exit, label %drop
drop:
  call void @norman.verdict(i32 -65535)
  br label %exit
exit:
  ret void
}
@norman.strings = constant [33 x i8] c"\00knockers\00knocked\00knocks\00refused\00", section ".norman.strings"
!norman.objects = !{!0, !1, !2, !3}
!0 = !{!"knockers", i32 6, i32 0, i32 64, i32 7, i32 1, i32 1, i32 24, i32 0}
!1 = !{!"knocked", i32 3, i32 0, i32 64, i32 8, i32 1, i32 10, i32 0, i32 0}
!2 = !{!"knocks", i32 0, i32 0, i32 16, i32 9, i32 2, i32 18, i32 1, i32 0}
!3 = !{!"refused", i32 0, i32 0, i32 1, i32 10, i32 3, i32 25, i32 17, i32 0}
