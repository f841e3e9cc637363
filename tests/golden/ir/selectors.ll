; Bytes and halves of entry words are selectors, not operations.
; CHECK-NOT: shr
; CHECK-NOT: {{[[:space:]]}}and
; CHECK: cmp{{.*}}, [[W:r[0-9]+]].b1, 64
; CHECK: cmp{{.*}}, [[W]].b3, 7
; CHECK: cmp{{.*}}, [[W]].h1, 999
declare void @norman.verdict(i32) nounwind willreturn nomerge

define void @ingress(ptr addrspace(1) %ctx) {
  %ttl.at = getelementptr i8, ptr addrspace(1) %ctx, i32 81
  %ttl = load i8, ptr addrspace(1) %ttl.at
  %a = icmp eq i8 %ttl, 64
  %top.at = getelementptr i8, ptr addrspace(1) %ctx, i32 83
  %top = load i8, ptr addrspace(1) %top.at
  %wide = zext i8 %top to i32
  %b = icmp ugt i32 %wide, 6
  %half.at = getelementptr i8, ptr addrspace(1) %ctx, i32 82
  %half = load i16, ptr addrspace(1) %half.at
  %c = icmp ult i16 %half, 1000
  %ab = or i1 %a, %b
  %abc = or i1 %ab, %c
  br i1 %abc, label %drop, label %exit
drop:
  call void @norman.verdict(i32 1)
  br label %exit
exit:
  ret void
}
