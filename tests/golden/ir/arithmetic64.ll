; 64-bit sums chain carries, 64-bit comparisons go from the low word to the high one.
; CHECK: addc [[LO:r[0-9]+]], [[C:p[0-7]]],
; CHECK: adde [[HI:r[0-9]+]], p{{[0-7]}}, r{{[0-9]+}}, 0, [[C]]
; CHECK: cmp.{{.*}} [[P:p[0-7]]], [[LO]]
; CHECK: cmp.ltu.chain p{{[0-7]}}, {{.*}}, [[P]]
declare void @norman.verdict(i32) nounwind willreturn nomerge

define void @ingress(ptr addrspace(1) %ctx) {
  %lo.at = getelementptr i8, ptr addrspace(1) %ctx, i32 12
  %lo = load i32, ptr addrspace(1) %lo.at
  %hi.at = getelementptr i8, ptr addrspace(1) %ctx, i32 16
  %hi = load i32, ptr addrspace(1) %hi.at
  %uid.at = getelementptr i8, ptr addrspace(1) %ctx, i32 124
  %uid = load i32, ptr addrspace(1) %uid.at
  %lo64 = zext i32 %lo to i64
  %hi64 = zext i32 %hi to i64
  %up = shl i64 %hi64, 32
  %now = or i64 %up, %lo64
  %uid64 = zext i32 %uid to i64
  %sum = add i64 %now, %uid64
  %early = icmp ult i64 %sum, 12345678901234
  br i1 %early, label %drop, label %exit
drop:
  call void @norman.verdict(i32 1)
  br label %exit
exit:
  ret void
}
