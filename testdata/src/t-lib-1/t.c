int t_answer(void)
{
	return 42;
}
