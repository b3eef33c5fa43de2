--- tablegen.c.orig
+++ tablegen.c
@@ -3,3 +3,3 @@
 these lines
-are not
+were never
 in there
