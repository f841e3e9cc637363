; A meter: 64-bit sums before the state step, the branch on its own condition.
; CHECK: addc [[LO:r[0-9]+]], [[P:p[0-7]]], [[T:r[0-9]+]], 1600
; CHECK: adde [[HI:r[0-9]+]], p{{[0-7]}}, [[U:r[0-9]+]], 0, [[P]]
; CHECK: .row s13.0
; CHECK-NEXT: state -, -, p{{[0-7]}}, [0 + 0 < 0], leu, maxadd, keep, none, imm, 0, [[T]], [[U]], [[LO]], [[HI]], 160
; CHECK-NEXT: .branch own, exit, s{{[0-9]+}}.0
; CHECK: # meter limit: ingress, stage 13, base 0, size 1
declare void @norman.verdict(i32) nounwind willreturn nomerge
declare { i1, i64 } @norman.state.limit(i32, i64, i64, i64, i32) nounwind willreturn nomerge

define void @ingress(ptr addrspace(1) %ctx) {
  %lo.at = getelementptr i8, ptr addrspace(1) %ctx, i32 12
  %lo = load i32, ptr addrspace(1) %lo.at
  %hi.at = getelementptr i8, ptr addrspace(1) %ctx, i32 16
  %hi = load i32, ptr addrspace(1) %hi.at
  %lo64 = zext i32 %lo to i64
  %hi64 = zext i32 %hi to i64
  %up = shl i64 %hi64, 32
  %now = or i64 %up, %lo64
  %most = add i64 %now, 1600
  %r = call { i1, i64 } @norman.state.limit(i32 0, i64 160, i64 %now, i64 %most, i32 1800)
  %ok = extractvalue { i1, i64 } %r, 0
  br i1 %ok, label %exit, label %drop
drop:
  call void @norman.verdict(i32 1)
  br label %exit
exit:
  ret void
}
!norman.objects = !{!0}
!0 = !{!"limit", i32 2, i32 0, i32 1, i32 1, i32 3, i32 0, i32 0, i32 0}
