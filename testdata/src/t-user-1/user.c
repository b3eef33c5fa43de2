int t_answer(void);

int main(void)
{
	return t_answer() != 42;
}
