; A test of one bit is one operation, also within a longer condition: no shift, which only lane 0 has.
; CHECK-NOT: shr
; CHECK-DAG: ts{{[tz].*}}, [[W:r[0-9]+]], 1048576
; CHECK-DAG: ts{{[tz].*}}, [[W]], 256
declare void @norman.verdict(i32) nounwind willreturn nomerge

define void @egress(ptr addrspace(1) %ctx) {
  %parse = load i32, ptr addrspace(1) %ctx
  %f = and i32 %parse, 1048576
  %forward = icmp eq i32 %f, 0
  %u = and i32 %parse, 256
  %udp = icmp ne i32 %u, 0
  %port.at = getelementptr i8, ptr addrspace(1) %ctx, i32 96
  %port = load i16, ptr addrspace(1) %port.at
  %sip = icmp eq i16 %port, 5060
  %more = icmp ugt i16 %port, 16383
  %any = or i1 %sip, %more
  %both = and i1 %udp, %any
  %all = and i1 %both, %forward
  br i1 %all, label %drop, label %exit
drop:
  call void @norman.verdict(i32 1)
  br label %exit
exit:
  ret void
}
