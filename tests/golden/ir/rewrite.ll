; Swapping MAC addresses moves nothing: the exit map takes the entry words crosswise, the act word says when.
; CHECK-DAG: .entry 0, [[DST:r[0-9]+]], 9
; CHECK-DAG: .entry 0, [[SRC:r[0-9]+]], 10
; CHECK: act 10
; CHECK-DAG: .exit eth_dst, [[SRC]]
; CHECK-DAG: .exit eth_src, [[DST]]
declare void @norman.rewrite(i32) nounwind willreturn nomerge
declare void @norman.exit(i32, i32) nounwind willreturn nomerge

define void @egress(ptr addrspace(1) %ctx) {
  %dst.at = getelementptr i8, ptr addrspace(1) %ctx, i32 36
  %dst = load i32, ptr addrspace(1) %dst.at
  %src.at = getelementptr i8, ptr addrspace(1) %ctx, i32 40
  %src = load i32, ptr addrspace(1) %src.at
  %parse = load i32, ptr addrspace(1) %ctx
  %bit = and i32 %parse, 256
  %udp = icmp ne i32 %bit, 0
  br i1 %udp, label %swap, label %exit
swap:
  call void @norman.rewrite(i32 1)
  call void @norman.rewrite(i32 3)
  br label %exit
exit:
  %to.dst = phi i32 [ %src, %swap ], [ poison, %0 ]
  %to.src = phi i32 [ %dst, %swap ], [ poison, %0 ]
  call void @norman.exit(i32 1, i32 %to.dst)
  call void @norman.exit(i32 3, i32 %to.src)
  ret void
}
