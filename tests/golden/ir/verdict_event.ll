; A test of one field, an event and a verdict: one row decides, the arm that fits into its lanes is predicated.
; CHECK: .program ingress, s0.0, 4294901760
; CHECK-DAG: .entry 0, r{{[0-9]+}}, 24
; CHECK-DAG: .entry 0, r{{[0-9]+}}, 0
; CHECK: .row s0.0
; CHECK-NEXT: cmp.ne [[P:p[0-7]]], r{{[0-9]+}}.h0, 22
; CHECK-NEXT: .next s1.0
; CHECK: .row s1.0
; CHECK-NEXT: tsz.or [[Q:p[0-7]]], r{{[0-9]+}}, 128, [[P]]
; CHECK: .row s3.0
; CHECK-NEXT: event 0, 5 if ![[Q]]
; CHECK-NEXT: verdict 1 if ![[Q]]
; CHECK-NEXT: .next exit
declare void @norman.verdict(i32) nounwind willreturn nomerge
declare void @norman.event.c(i32, i32) nounwind willreturn nomerge

define void @ingress(ptr addrspace(1) %ctx) {
  %parse = load i32, ptr addrspace(1) %ctx
  %tcp.bit = and i32 %parse, 128
  %tcp = icmp ne i32 %tcp.bit, 0
  %port.at = getelementptr i8, ptr addrspace(1) %ctx, i32 96
  %port = load i16, ptr addrspace(1) %port.at
  %ssh = icmp eq i16 %port, 22
  %both = and i1 %tcp, %ssh
  br i1 %both, label %drop, label %exit
drop:
  call void @norman.event.c(i32 5, i32 0)
  call void @norman.verdict(i32 1)
  br label %exit
exit:
  ret void
}
