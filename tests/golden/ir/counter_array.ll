; A counter array indexed by a byte of an entry word: one operation beside the verdict, one row.
; CHECK: .row s0.0
; CHECK-NEXT: eventx 0, r{{[0-9]+}}.b0, 16
; CHECK-NEXT: verdict 1
; CHECK-NEXT: .next exit
; CHECK-NOT: .row
declare void @norman.verdict(i32) nounwind willreturn nomerge
declare void @norman.event.protocols(i32, i32) nounwind willreturn nomerge

define void @ingress(ptr addrspace(1) %ctx) {
  %proto.at = getelementptr i8, ptr addrspace(1) %ctx, i32 80
  %proto = load i8, ptr addrspace(1) %proto.at
  %index = zext i8 %proto to i32
  call void @norman.event.protocols(i32 16, i32 %index)
  call void @norman.verdict(i32 1)
  br label %exit
exit:
  ret void
}
