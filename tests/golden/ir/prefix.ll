; The longest prefix of a source address in a blocklist, and what its value says.
;
; CHECK: prefix [[CLASS:r[0-9]+]], [[HIT:p[0-7]]], 0, {{r[0-9]+}}, 0, 0, 0, 0
; CHECK-NEXT: .branch !own
; CHECK: eventx 0, [[CLASS]], 1
; CHECK: # prefixes blocked: ingress, stage 7, base 0, size 2
declare void @norman.verdict(i32) nounwind willreturn nomerge
declare void @norman.event.classes(i32, i32) nounwind willreturn nomerge
declare { i1, i32 } @norman.prefix.blocked(i32, i32, i32, i32) nounwind willreturn nomerge memory(inaccessiblemem: read)

define void @ingress(ptr addrspace(1) %ctx) {
  %src.at = getelementptr i8, ptr addrspace(1) %ctx, i32 48
  %src = load i32, ptr addrspace(1) %src.at
  %r = call { i1, i32 } @norman.prefix.blocked(i32 %src, i32 0, i32 0, i32 0)
  %hit = extractvalue { i1, i32 } %r, 0
  %class = extractvalue { i1, i32 } %r, 1
  br i1 %hit, label %drop, label %exit
drop:
  %small = and i32 %class, 15
  call void @norman.event.classes(i32 1, i32 %small)
  call void @norman.verdict(i32 -65535)
  br label %exit
exit:
  ret void
}
@norman.strings = constant [17 x i8] c"\00blocked\00classes\00", section ".norman.strings"
!norman.objects = !{!0, !1}
!0 = !{!"blocked", i32 7, i32 0, i32 2, i32 7, i32 1, i32 1, i32 0, i32 4}
!1 = !{!"classes", i32 0, i32 0, i32 16, i32 9, i32 2, i32 9, i32 1, i32 0}
