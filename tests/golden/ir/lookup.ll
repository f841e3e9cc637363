; A lookup branches on its own hit; the key's zero words and the immediate cost nothing.
; CHECK: .row s2.0
; CHECK-NEXT: lookup -, p{{[0-7]}}, 0, [[K:r[0-9]+]], imm, 0, 0, 7, 0
; CHECK-NEXT: .branch !own, exit, s{{[0-9]+}}.0
; CHECK: verdict 1
; CHECK: # set hosts: ingress, stage 2, base 0, size 1000
declare void @norman.verdict(i32) nounwind willreturn nomerge
declare { i1, i32 } @norman.lookup.hosts(i32, i32, i32, i32) nounwind willreturn nomerge memory(inaccessiblemem: read)

define void @ingress(ptr addrspace(1) %ctx) {
  %src.at = getelementptr i8, ptr addrspace(1) %ctx, i32 48
  %src = load i32, ptr addrspace(1) %src.at
  %r = call { i1, i32 } @norman.lookup.hosts(i32 %src, i32 7, i32 0, i32 0)
  %hit = extractvalue { i1, i32 } %r, 0
  br i1 %hit, label %drop, label %exit
drop:
  call void @norman.verdict(i32 1)
  br label %exit
exit:
  ret void
}
!norman.objects = !{!0}
!0 = !{!"hosts", i32 1, i32 0, i32 1000, i32 1, i32 3, i32 0, i32 0, i32 4}
